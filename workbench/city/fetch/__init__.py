"""
Live sources: downloads them, checks that they are what they should be, and reads them into the tables a pack is built from.

Nothing here runs unless somebody asks for it with `workbench city fetch`; the workbench itself never goes online.
"""
