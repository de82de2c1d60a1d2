-- The certificate authority behind the emulator's own certificates, as PEM: clients that trust it keep trusting it after
-- a restart. There is one at most; it is made for tests and protects nothing.
create table authority (
    id integer primary key check (id = 1),
    certificate text not null,
    key text not null
) strict;
