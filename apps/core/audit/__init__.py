"""The record: how it is read, sealed and verified. It is written by triggers (migrations 0002 and 0003 of core)."""
