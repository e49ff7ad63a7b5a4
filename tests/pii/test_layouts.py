"""Credentials of services without a rule, in the layouts of settings, source and commands."""

from __future__ import annotations

import base64

import pytest

from stackmark.pii import scan
from tests.pii.made import made

#: Path and text; what stands between the bars is the value. Names as the vendors' pages write them.
LAYOUTS = """
dns.yaml               secret_api_key: |sk1_{hex:64}|
values.yaml            password: &dbpass |{alnum:14}|
Makefile               DB_PASS ?= |{alnum:14}|
main.rs                const DB_PASSWORD: &str = "|{alnum:14}|";
Module1.vb             Dim pwd As String = "|{alnum:14}|"
build.gradle           buildConfigField "String", "API_SECRET", "\\"|{alnum:32}|\\""
slapd.conf             rootpw |{alnum:14}|
db.php                 $contraseña = "|{alnum:14}|";
конфиг.py              пароль = "|{alnum:14}|"
config.yml             密码: |{alnum:14}|
.env                   ARVANCLOUD_API_KEY=|{hex:8}-{hex:4}-{hex:4}-{hex:4}-{hex:12}|
.env                   APP_KEY=base64:|{b64:43}=|
.env                   PUSHBULLET_ACCESS_TOKEN=o.|{alnum:32}|
run.sh                 export VERSIO_PASSWORD="|{alnum:12}|"
run.sh                 HOSTTECH_API_KEY=|{alnum:26}| \\
docker-compose.yml     - MINIO_ROOT_PASSWORD=|{alnum:14}|
docker-compose.yml     AUTHENTIK_SECRET_KEY: "|{alnum:50}|"
homeserver.yaml        turn_shared_secret: |{hex:64}|
main.tf                pm_password = "|{alnum:12}|"
main.tf                admin_password                  = "|{alnum:16}|"
terraform.tfvars       api_token_secret = "|{hex:8}-{hex:4}-{hex:4}-{hex:4}-{hex:12}|"
nomad.hcl              SIGNING_SALT = "|{b64:32}|"
application.properties spring.datasource.password=|{alnum:12}|
application.properties server.ssl.key-store-password = |{alnum:12}|
build.gradle           storePassword '|{alnum:12}|'
settings.xml           <username>ci</username><password>|{alnum:14}|</password></server>
NuGet.config           <add key="ClearTextPassword" value="|{alnum:14}|" />
web.config             <machineKey validationKey="|{hexupper:128}|" validation="SHA1" />
AndroidManifest.xml    <meta-data android:name="com.mapquest.API_KEY" android:value="|{alnum:32}|"/>
persistence.xml        <property name="javax.persistence.jdbc.password" value="|{alnum:12}|"/>
Main.java              private static final String API_SECRET = "|{alnum:32}|";
Db.java                DriverManager.getConnection(url, "app", "|{alnum:12}|");
client.go              var hmacSecret = []byte("|{alnum:32}|")
client.go              req.SetBasicAuth("robot", "|{alnum:14}|")
Program.cs             client.Credentials = new NetworkCredential("mail", "|{alnum:12}|");
appsettings.json       "SmtpPassword": "|{alnum:14}|",
config.php             define('DB_PASSWORD', '|{alnum:12}|');
config.php             'dbpassword' => '|{alnum:14}|',
db.php                 $link = mysqli_connect("localhost", "app", "|{alnum:12}|", "shop");
Keys.swift             let mapKitToken: String = "|{alnum:40}|"
secrets.yml            secret_key_base: |{hex:128}|
settings.py            EMAIL_HOST_PASSWORD = "|{alnum:14}|"
fetch.py               r = requests.get(url, auth=("ana", "|{alnum:12}|"))
server.js              app.use(session({ secret: '|{alnum:24}|', resave: false }));
deploy.ps1             $pw = ConvertTo-SecureString "|{alnum:12}|" -AsPlainText -Force
init.sql               CREATE USER 'shop'@'%' IDENTIFIED BY '|{alnum:12}|';
hostapd.conf           wpa_passphrase=|{alnum:14}|
ipsec.secrets          10.2.0.1 10.2.0.2 : PSK "|{b64:32}|"
router.cfg             tacacs-server host 10.0.0.1 key |{alnum:12}|
wg0.conf               PresharedKey = |{b64:43}=|
.pgpass                db.host.net:5432:shop:app:|{alnum:14}|
sasl_passwd            [smtp.host.net]:587 ana:|{alnum:12}|
.msmtprc               password       |{alnum:14}|
esp.ino                #define WIFI_PASS "|{alnum:14}|"
Dockerfile             ENV DB_PASSWORD |{alnum:14}|
Jenkinsfile            sh "curl -u ci:|{alnum:12}| https://nexus.local/upload"
Makefile               docker login -u ana -p |{alnum:14}| registry.local
api.json               {"key": "token","value": "|{alnum:40}|"}
app.rb                 api_key: ENV.fetch("MG_KEY", "|{hex:32}|"),
app.py                 token = os.environ.get("APP_TOKEN", "|{alnum:32}|")
db.go                  dsn := "shop:|{alnum:14}|@tcp(10.0.0.5:3306)/shop"
mail.py                server.login("bot@host.net", "|{alnum:14}|")
up.php                 ftp_login($link, "ana", "|{alnum:14}|");
PAY.cbl                01 WS-DB-PASSWORD PIC X(12) VALUE '|{alnum:12}|'.
snmpd.conf             createUser ops SHA "|{alnum:12}|" AES
.pgpass                db.host.net:5432:shop:app:a$|{alnum:12}|
seed.sql               insert into `smtp` (`id`, `passwd`) values (7, '|{alnum:14}|');
main.js                get(`https://api.host.net/2.5/weather?q=Graz&appid=|{hex:32}|`)
""".strip().splitlines()


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: " ".join(layout.split())[:60])
def test_a_credential_is_found_where_it_stands(layout: str) -> None:
    path, _, rest = layout.partition(" ")
    for seed in range(3):
        before, value, after = (made(part, seed) for part in rest.strip().split("|"))
        found = [(span.start, span.end) for span in scan(before + value + after, path) if not span.is_example]
        assert any(start < len(before + value) and end > len(before) for start, end in found)


def test_a_secret_of_kubernetes_is_found_in_its_base64() -> None:
    value = base64.b64encode(made("{alnum:14}"))
    text = b"kind: Secret\ndata:\n  mysql-root-password: " + value + b"\n"
    assert [text[span.start : span.end] for span in scan(text, "secret.yaml")] == [value]
