"""Reserve, settle, count: the only place that knows money."""
