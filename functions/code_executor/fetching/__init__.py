"""fetch for children that have no network: checked, counted, cut."""
