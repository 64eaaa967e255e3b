"""Where MuseScore looks for plugins, in this language and with these preferences, and for extensions."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

VERSIONS = (3, 4)
# MuseScore 3 names the folder in the language in which it is started for the first time; 4 does not.
PLUGINS = "Plugins"
TRANSLATED = (
    *("Plug-Ins", "Plugin", "Plugin-uri", "Pluginad", "Pluginak", "Plugain", "Ategyn", "Connectors"),
    *("Doplnky", "Eklentiler", "Engadidos", "Extensões", "Inproppe", "Insticksprogram", "Kromprogramoj"),
    *("Liitännäiset", "Programudvidelser", "Utvidelser", "Vstavki", "Wtyczki", "Zásuvné moduly"),
    *("Bővítmények", "Trình phụ trợ", "Ískoytisforrit", "Плагины", "Плагіны", "Додатки", "Додаци"),
    *("Խրվակներ", "תוספים", "الإضافات", "プラグイン", "플러그인", "插件", "外掛模組"),
)
FLATPAK = Path(".var", "app", "org.musescore.MuseScore")
FLATPAK_SETTINGS = FLATPAK / "config"
EXTENSIONS = "extensions"


@dataclass(frozen=True, slots=True)
class Machine:
    """The facts that decide where folders are. documents: of Windows, maybe in OneDrive; None elsewhere."""

    system: str
    home: Path
    documents: Path | None = None
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PluginFolder:
    """A folder in which MuseScore looks for plugins. has_run: whether this MuseScore has ever run here.

    is_for_extensions: whether it looks there for extensions instead.
    """

    version: int
    path: Path
    has_run: bool
    is_for_extensions: bool = False


def this_machine() -> Machine:
    """The machine that ripieno runs on."""
    return Machine(sys.platform, Path.home(), windows_documents(), os.environ)


def windows_documents() -> Path | None:
    """The folder Documents as Windows has it; None on other systems."""
    if sys.platform != "win32":
        return None
    import winreg

    folders = r"Software\Microsoft\Windows\CurrentVersion\Explorer\User Shell Folders"
    with winreg.OpenKey(winreg.HKEY_CURRENT_USER, folders) as key:
        return Path(os.path.expandvars(winreg.QueryValueEx(key, "Personal")[0]))


def plugin_folders(version: int, machine: Machine) -> list[PluginFolder]:
    """The folder in this MuseScore's preferences, else the one or more in Documents where it looks."""
    chosen = preferred(version, machine)
    if chosen is not None:
        return [PluginFolder(version, chosen, True)]
    musescore = documents(machine) / f"MuseScore{version}"
    names = (PLUGINS, *TRANSLATED) if version == 3 else (PLUGINS,)
    found = [musescore / name for name in names if (musescore / name).is_dir()]
    return [PluginFolder(version, path, musescore.is_dir()) for path in found or [musescore / PLUGINS]]


def extension_folders(machine: Machine) -> list[PluginFolder]:
    """The folder of MuseScore 4's extensions, which no preference moves; a Flatpak has one of its own."""
    folders = [data(machine) / "MuseScore" / "MuseScore4"]
    flatpak = machine.home / FLATPAK / "data" / "MuseScore" / "MuseScore4"
    if flatpak.is_dir():
        folders = [folder for folder in folders if folder.is_dir()] + [flatpak]
    return [PluginFolder(4, folder / EXTENSIONS, folder.is_dir(), True) for folder in folders]


def data(machine: Machine) -> Path:
    """Where Qt programs keep what belongs to this user on this machine."""
    if machine.system == "win32":
        return Path(machine.environment.get("LOCALAPPDATA") or machine.home / "AppData" / "Local")
    if machine.system == "darwin":
        return machine.home / "Library" / "Application Support"
    chosen = machine.environment.get("XDG_DATA_HOME", "")
    return Path(chosen) if chosen.startswith("/") else machine.home / ".local" / "share"


def documents(machine: Machine) -> Path:
    """The folder Documents, which may have another name and lie elsewhere."""
    if machine.documents is not None:
        return machine.documents
    default = machine.home / "Documents"
    if machine.system == "darwin":
        return default
    try:
        text = (settings(machine) / "user-dirs.dirs").read_text("utf-8", "replace")
    except OSError:
        return default
    found = re.findall(r'^XDG_DOCUMENTS_DIR="(.*)"\s*$', text, re.MULTILINE)
    return Path(found[-1].replace("$HOME", str(machine.home))) if found and found[-1] else default


def settings(machine: Machine) -> Path:
    """Where Qt programs keep their settings: on Linux the user may choose, on macOS it is .config."""
    if machine.system == "win32":
        return Path(machine.environment.get("APPDATA") or machine.home / "AppData" / "Roaming")
    chosen = machine.environment.get("XDG_CONFIG_HOME", "") if machine.system != "darwin" else ""
    return Path(chosen) if chosen.startswith("/") else machine.home / ".config"


def preferred(version: int, machine: Machine) -> Path | None:
    """The folder of plugins that the user chose in MuseScore's preferences; None where none was chosen."""
    for folder in (settings(machine), machine.home / FLATPAK_SETTINGS):
        try:
            text = (folder / "MuseScore" / f"MuseScore{version}.ini").read_text("utf-8", "replace")
        except OSError:
            continue
        section = re.search(r"^\[application\]$(.*?)(?=^\[|\Z)", text, re.MULTILINE | re.DOTALL)
        found = section and re.search(r"^paths\\myPlugins=(.+)$", section[1], re.MULTILINE)
        if found:
            return machine.home / unescaped(found[1].strip())
    return None


def unescaped(value: str) -> str:
    r"""A text of Qt's settings, decoded: ``\xe9`` is a letter, ``\\`` a backslash; it may be quoted."""
    value = value[1:-1] if len(value) > 1 and value[0] == value[-1] == '"' else value
    text = re.sub(r"\\(?:x([0-9a-fA-F]{1,4})|(.))", lambda m: chr(int(m[1], 16)) if m[1] else m[2], value)
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
