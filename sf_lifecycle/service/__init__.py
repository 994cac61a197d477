"""Jobs on their schedules, for as long as nobody says stop."""
