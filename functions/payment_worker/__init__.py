"""Every four minutes: what notices have lost is asked for, unpaid orders are closed."""
