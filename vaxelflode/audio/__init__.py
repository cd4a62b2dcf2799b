"""From text or a file to telephone sound: mono, 16 bit, 8 kHz."""
