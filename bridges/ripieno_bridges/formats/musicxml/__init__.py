"""MusicXML: reading, checking, writing new documents and changing given ones."""
