"""A school that lives for two weeks on a moved clock, through the site's services, with a truth to compare with."""
