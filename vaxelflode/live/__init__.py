"""What happens in the PBX right now: events in, state out."""
