"""Growth dashboards: K, retention, funnels, attribution, guardrails, and the rollups behind them."""
