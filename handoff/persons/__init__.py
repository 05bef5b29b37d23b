"""Customers as whole persons: finding them, their history, notes, and two that turn out to be one."""
