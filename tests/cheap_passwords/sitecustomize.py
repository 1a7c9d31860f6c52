"""Python reads this at the start of a test's server: a password costs it next to nothing to hash.

A thousand tests sign somebody up; with what a hash costs in earnest, a fifth of a second, that is minutes.
"""

import argon2.profiles

argon2.profiles.RFC_9106_LOW_MEMORY = argon2.profiles.CHEAPEST
