"""Sounds as the telephone plays them: spoken, measured, checked."""
