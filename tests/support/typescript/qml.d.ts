// Globals of QML's JavaScript, as far as the MuseScore plugin uses them.

declare class XMLHttpRequest {
    static readonly LOADING: number;
    static readonly DONE: number;
    readonly readyState: number;
    readonly status: number;
    readonly responseText: string;
    onreadystatechange: () => void;
    open(method: string, url: string, asynchronous: boolean): void;
    setRequestHeader(name: string, value: string): void;
    send(body?: string): void;
    abort(): void;
}
