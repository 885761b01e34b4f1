"""Mere computing, done in other processes."""
