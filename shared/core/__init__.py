"""Ground that everything stands on: errors, time, ids, money, settings, logs."""
