"""Operations of calls: from a shared need to an award, and what firms and jurors do in between."""
