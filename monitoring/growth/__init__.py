"""What growth people look at: K, retention, funnels, credit, guardrails, and the rollups behind them."""
