"""The directory of a desk without a PSA: `desk client`, `contact`, `device`, `agreement`, `staff` and `directory`."""
