"""Ableton Live, through the remote script AbletonOSC."""
