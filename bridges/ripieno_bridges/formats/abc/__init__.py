"""ABC files -> MusicXML documents, by the ABC standard 2.1."""
