//! The whole app in one process on port 0 with the simulator and a clock in hand; for tests only.
