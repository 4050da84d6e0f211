"""The demo community 九龙社区: loaded through the importers, given a year of life by the services.

Nothing is inserted behind the services' back. One seed number always makes the same life; only the
day on which it ends follows the clock.
"""
