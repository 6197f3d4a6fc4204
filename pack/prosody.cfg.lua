-- Prosody for hourgate's connectors: what `hourgate xmpp setup xmpp.example.ch --secret-file ... --prosody ...` writes, with
-- a secret of its own. It goes into /etc/prosody/conf.d/, with a certificate for the host where Prosody finds it
-- (prosodyctl cert import). It speaks to connectors and to hourgate, to no other server.
c2s_ports = { 5222 }
c2s_direct_tls_ports = { 5223 }
s2s_ports = { }
component_ports = { 5347 }
component_interfaces = { "127.0.0.1" }
c2s_require_encryption = true
authentication = "internal_hashed"
allow_registration = false
modules_enabled = { "saslauth", "tls", "disco", "ping", "admin_adhoc", "adhoc" }
modules_disabled = { "s2s", "offline" }

VirtualHost "xmpp.example.ch"
    admins = { "hourgate.xmpp.example.ch" }

Component "hourgate.xmpp.example.ch"
    component_secret = "made by hourgate xmpp setup"
