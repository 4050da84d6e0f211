"""Outreach: monthly visits of every unit, the people in most need of them, services held.

Begin with ``service``: ``visits`` plans a month and records what was met behind each door,
``key_people`` lists the old and the young who are looked after and who saw them last.
"""
