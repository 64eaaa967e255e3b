"""The OSC bridge: packets in, packets out. docs/protocol.md says what they say."""
