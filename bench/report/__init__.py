"""From a run's JSON to a page that a person reads: Markdown, and plots in SVG of our own."""
