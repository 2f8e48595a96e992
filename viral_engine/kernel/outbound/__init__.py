"""Every connection to another company goes through here: to a vendor of the register, or nowhere."""
