"""What is free now and soon, for any city with an NGSI-LD API; standard library only."""

VERSION = "1.0.0"
