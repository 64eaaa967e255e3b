"""The OSC interface: packets in, packets out; docs/protocol.md lists the messages."""
