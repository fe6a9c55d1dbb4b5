"""An ordinary day at the simulated MSP, for trials and screenshots."""
