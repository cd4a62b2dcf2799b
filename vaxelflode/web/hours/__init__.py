"""Opening hours as forms and in words: what the pages of schedules are made of. Nothing here changes anything."""
