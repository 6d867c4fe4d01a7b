"""What a writer's typing teaches over restarts, where they turned that on: counts, never sentences.

`typed` knows what was typed, `worth` what of it may be kept, `book` keeps it, `file` on disk.
"""
