select exists (select from tenant)
