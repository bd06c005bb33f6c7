"""Ports of money, spoken to payment providers."""
