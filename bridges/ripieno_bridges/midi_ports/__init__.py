"""MIDI ports: phrases played on a keyboard, answered on a synthesizer."""
