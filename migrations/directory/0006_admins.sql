-- A stranger's text asks for the admins: this index finds them without reading everybody.

CREATE INDEX persons_admins ON persons (n) WHERE role IN ('admin', 'owner') AND standing = 'in';
