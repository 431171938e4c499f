"""An OpenAI-compatible server: deterministic answers, faults on demand, counters to assert on."""
