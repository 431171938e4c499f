"""The worker behind schedules: plans moments, makes runs, removes what was deleted."""
