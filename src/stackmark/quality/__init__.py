"""Quality: facts about texts, filters over the facts, and profiles that give the filters their limits."""
