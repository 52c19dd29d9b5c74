"""What the pages read of the city: values, surveys of a type, series, legends, examples of code."""
