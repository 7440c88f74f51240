"""From one MyST source to executed lesson, stub lab, solved lab and book page."""
