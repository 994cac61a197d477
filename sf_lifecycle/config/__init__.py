"""What people write: config.toml, jobs/, mappings/. Read into frozen values, every problem reported at once."""
