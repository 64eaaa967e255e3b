"""Music for two hands: hands, lines, left-hand patterns, a blues grammar."""
