"""SVG pictures of clocks and calendars. Pure."""
