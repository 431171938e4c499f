"""Model providers behind one port: adapters, prices, token counting, retry, breaker, tools."""
