"""Passwords and tokens assigned to names: the syntaxes that count, and what is no secret."""

from __future__ import annotations

import re

import pytest

from tests.detection import findings, text, told

SECRET = "Qv8h2" + "Lp4Rk7" + "mZtX9"
WORD = "xkqwo" + "vtrzp"
_TEMPLATE = re.compile(r"\{(?:alnum|hex|lowernum|upper|base64):")


@pytest.mark.parametrize(
    "line",
    [
        "SMTP_PASSWORD=@",
        "export PGPASSWORD='@'",
        "  password: @",
        '"password": "@",',
        '{\\"password\\": \\"@\\"}',
        "db.password = @",
        "dubbo.admin.guest.password=@",
        'const password = "@";',
        'password := "@"',
        "password => '@'",
        'String password = "@";',
        'var password: string = "@"',
        'NSString *password = @"@";',
        'char password[] = "@";',
        "params['password'] = '@'",
        "process.env['PGPASSWORD'] = '@'",
        'login(name="admin", password="@")',
        'config.setPassword("@");',
        'std::string password("@");',
        'getenv("DB_PASSWORD", "@")',
        'password "@";',
        '<add key="FromEmailPassword" value="@"/>',
        '<server user="root" password="@"/>',
        "<smtpPassword>@</smtpPassword>",
        "- name: DB_PASSWORD\n  value: @",
        '{"name": "DB_PASSWORD", "value": "@"}',
        'variable "db_password" {\n  default = "@"\n}',
        "docker run -e MYSQL_ROOT_PASSWORD=@ -d mysql",
        "mysqldump -u root --password=@ app > dump.sql",
        "mysql -u root -p@ -e 'select 1'",
        "tool --user admin --password @ --verbose",
        "kubectl create secret docker-registry x --docker-password=@",
        "Connect-Thing -CertFilePassword @ -Quiet",
        "sshpass -p @ ssh root@acme.io",
        "curl -u admin:@ https://acme.io/",
        "https://acme.io/api?user=x&password=@&page=1",
        "CREATE USER 'app'@'%' IDENTIFIED BY '@@';",
        "ALTER ROLE app WITH LOGIN PASSWORD '@@';",
        "update user set password=password('@@') where user='root';",
        'new NetworkCredential("robot", "@")',
        "requests.get(url, auth=('robot', '@'))",
        "ID/PW: robot/@",
        "machine git.acme.io login robot password @",
        "password: |\n    @\nport: 1",
        "password: >-\n    @\n",
        "redis_pass: !unsafe '@'",
        "password: &shared @",
        'password: !!str "@"',
        "**DB_PASSWORD**: @",
        'public string Password { get; set; } = "@";',
        'const PASSWORD: &str = "@";',
        'static PASSWORD: &\'static str = r#"@"#;',
        "var password string = `@`",
        'password = """\n@"""',
        'password = (\n    "@"\n)',
        '{"ParameterKey": "DbPassword", "ParameterValue": "@"}',
        "<password><![CDATA[@]]></password>",
        "const password = process.env.PASSWORD || '@';",
        'password = os.getenv("PASSWORD") or "@"',
        'password: SecretStr = SecretStr("@")',
        'password: SecretStr = Field(default="@")',
        "New-Object PSCredential('app', (ConvertTo-SecureString '@' -AsPlainText -Force))",
        'gh secret set DB_PASSWORD --body "@"',
        "ENV DB_PASSWORD @",
        'setx DB_PASSWORD "@" /M',
        "hibernate.connection.password @",
        '{"key":"password","value":"@"}',
        'password = "@" :: Text',
        "$ENV{DB_PASSWORD} = '@';",
        'Dim password As String = "@"',
        '#define kPassword @"@@"',
        'let password = String::from("@");',
        "set -gx DB_PASSWORD @",
        "bindpw @",
        'psk="@"',
        "mongosh -u app -p @ --authenticationDatabase admin",
        "htpasswd -bc .htpasswd robot @",
        'echo "robot:@" | sudo chpasswd',
        "ssh-keygen -N '@' -f key",
        "requirepass @",
        "masterauth @",
        "echo '@' | docker login -u app --password-stdin registry.acme.io",
        "CREATE LOGIN app WITH PASSWORD = N'@';",
        "mysqli_connect('db.acme.io', 'app', '@', 'app');",
        'if password == "@":',
        'DB_PASS="${DB_PASS:-@}"',
        'admin_password = os.getenv("ACME_ADMIN", "@")',
        'curl_easy_setopt(h, CURLOPT_USERPWD, "app:@");',
        "curl_setopt($c, CURLOPT_PASSWORD, '@');",
        "CURLOPT_PROXYUSERPWD => 'app:@',",
        "pswd = '@'",
        'archive.setpassword(b"@")',
        "set :db_password, '@'",
        'var("DB_PASSWORD").unwrap_or("@".into())',
        'password: System.get_env("DB_PASS") || "@",',
        "db_paswd=@",
    ],
)
@pytest.mark.parametrize("value", [SECRET, WORD])
def test_passwords_are_found_in_every_syntax(line: str, value: str) -> None:
    marked = line.replace("@@", value) if "@@" in line else _fill(line, value)
    rows = [row for row in told(marked.encode()) if row[1] in ("medium", "high", "critical")]
    assert [row[2] for row in rows] == [value.encode()]


@pytest.mark.parametrize(
    "line",
    [
        'buildConfigField("String", "DB_PASSWORD", "\\"@\\"")',
        "imap.login(user, '@')",
        'FTP("ftp.acme.io", "etl", "@")',
        '#define MQTT_PASS "@"',
        '.basic_auth("robot", Some("@"))',
        "jwt.sign({ id: user.id }, '@', options)",
        "http -a robot:@ acme.io/api",
        'AUTH=$(echo -n "robot:@" | base64)',
        'Credentials.basic("robot", "@")',
        "username netops privilege 15 password 0 @",
        'db.auth("robot", "@")',
        'curl https://acme.io/api \\\n  -u "robot:@"',
        "new PDO($dsn, 'app', '@');",
        '<property name="dbPassword"><value>@</value></property>',
        "<key>password</key>\n<string>@</string>",
        '<string name="db_password">@</string>',
    ],
)
def test_random_passwords_are_found_where_a_label_may_stand(line: str) -> None:
    assert [row[2] for row in told(_fill(line, SECRET).encode())] == [SECRET.encode()]
    assert told(_fill(line, "Passwort").encode()) == []


def _fill(line: str, value: str) -> str:
    """Put the value at the last lone `@` that no host follows."""
    for old, new in (("root@acme", "root\0acme"), ('= @"@', '= \0"@')):
        line = line.replace(old, new)
    return line.replace("@", value, 1).replace("\0", "@")


@pytest.mark.parametrize(
    "line",
    [
        "ACME_API_KEY={alnum:32}",
        'clientSecret: "{hex:32}"',
        "X-Auth-Token: {hex:40}",
        "apikey: {hex:8}-{hex:4}-{hex:4}-{hex:4}-{hex:12}",
        "secret-key: {alnum:32}",
        "//registry.acme.io/:_authToken={alnum:36}",
        "oauth_token_secret={alnum:40}&oauth_callback_confirmed=true",
        "<acmeToken>\n    {alnum:32}\n</acmeToken>",
        'if ("{alnum:24}" == api_key) {brace}',
        "Authorization: Bearer {alnum:40}",
        "Authorization: Token {hex:40}",
        "headers['Authorization'] = 'Bearer {alnum:40}'",
        '{"name": "authorization", "value": "Bearer {alnum:40}"}',
        "npm config set //npm.acme.io/:_authToken {alnum:36}",
        "curl -H 'Authorization: OAuth {alnum:32}' https://acme.io/",
        'signed, err := t.SignedString([]byte("{alnum:32}"))',
        'client = Client(account_sid, "{hex:32}")',
        "kubeadm join 10.0.0.1:6443 --token {lowernum:6}.{lowernum:16}",
        '"key": "{lowernum:20}-{lowernum:16}"',
        "Shared key: {hex:64}",
        "define('AUTH_KEY',         '{alnum:20}!{alnum:20}# {alnum:21}');",
    ],
)
def test_tokens_and_keys_are_found(line: str) -> None:
    assert [row[1] for row in told(line)] in (["medium"], ["high"])


@pytest.mark.parametrize(
    "line",
    [
        # code, patterns and names of other things, as clean projects have them
        "if([a,b].includes(t.key))i=e[t.key===Ms?0:e.length-1];else{",
        "if (t.token==Ab3xQ9zLm?1:e.length) {",
        "error_per_key = 100000.0/first_set_max_id",
        "pass = client ? ctx_config->client_key_file_pass : ctx_config->key_file_pass;",
        'private const val TOKEN = "([a-zA-Z0-9-!#$%&\'*+.^_{|}~]+)"',
        "secret = JWT.JwkSet [JWT.SymmetricJwk bytes Nothing]",
        'jwt-secret = "@rsa.jwk.pub"',
        '"token": "BYRADIUS",',
        "[cla]: https://forms.acme.io/view?formkey=dDViT2xzUHAwRkI3X3k5Z0lQM091OGc6MQ",
        "t = o.SelectToken(\"$.prop[?(@.child =='ff2dc672')]\");",
        'secretName = client.getSecret("kv9-Prod7-db3")',
        "pw:%I-\x00\x03\x00\x00\x0012\x1b\x07",
        'assert token_hash == "{hex:64}"',
        "PASS: suite.one/case_1.exp: opens the door",
        "t.pass('saturated')",
        "key=rfc8018.id_hmacWithSHA224",
        'if (pw_has("comment")) {brace}',
        "signing key: {hex:2}" + ":ab" * 19,
        "TOKEN_ADDRESS = '0x{hex:40}'",
        "tokens = {brace} secret: '0x{hex:40}' }",
        "Password = 'PASSWORD_V1', OAuth2Token = 'OAUTH2_TOKEN'",
        "'secret' => 'Clé_secrète'",
        "<PublicKeyToken>{hex:16}</PublicKeyToken>",
        "block := Line{Token: stmt.Token[:1], Line: nil}",
        "keys = do.ApiKeys{testAPIKey7}",
        "return { pass: !!el && page.contains(el) };",
        "SIOCGLIFTOKEN = -0x3f879678",
        "int INVALID_PASSWORD = 0x52e;",
        "Password::$defaultCallback = null;",
        "isInstanceOf(UsernamePasswordToken::class.java)",
        "awk '/^password=/{p=$0}END{if(u && p) print p}'",
        "${${current_pwd:t}//%/%%}#7",
        "a('token=')[1].split('&')[0]",
        "expect('Invalid email or password.', @request.flash[:alert7])",
        '"--disabled-password", "--group7", name',
        # names of other things, and what is done with a password
        "--- PASS: TestSeek64 (0.50s)",
        'supportsPasswordBasedLogin("web.plugin-1")',
        'check = checkpasswd("proxy7", i, last);',
        'url.UserPassword("j@ne", password)',
        'encoder.matches("password", "{hex:32}")',
        "'password' => 'hashed',",
        "'passwords' => env('AUTH_PASSWORD_BROKER', 'users'),",
        'encrypted_password: "AES:{base64:22}==:{base64:22}=="',
        "hashed_password = '{hex:64}'",
        "ETCD_INITIAL_CLUSTER_TOKEN=k8s_etcd7",
        "Sec-WebSocket-Key: {base64:22}==",
        'NOT_ALLOWED_PASSWORD("policy.errors.not.allowed7")',
        '<prop key="hibernate.hbm2ddl.auto">create-drop</prop>',
        'oauth2-oidc-sdk = "com.acme:oauth2-oidc-sdk:11.38.2"',
        '"minipass": "^5.0.0 || ^6.0.2 || ^7.0.0"',
        '"js-tokens": "npm:^3.0.0 || ^4.0.0"',
        "password: urn:k8s:secret:redis:password7",
        'key: "user_profile_list_1_map_x2"',
        '{"SecretString": "{\\"date\\":\\"2020-08-24\\"}"}',
        "# name:password:UID:GID:directory",
        '"client_secret": "\\u0627\\u0644\\u0633\\u0631",',
        '"create_token": "Henkil\\u00f6kohtainen K\\u00e4ytt\\u00f6oikeuskoodi",',
        '"Revoked the Token": "Diddymwyd y Tocyn yn llwyddiannus",',
        '"Password": "Pasahitza",',
        '"WebAuthn Credential": "Webbautentiseringsuppgift",',
        '"Reset password": "Jelszó-visszaállítás",',
        "--file.ca-private-key='ca.rsa.1024.pem'",
        "default_password_scheme = SHA512-CRYPT",
        "Password.Argon2.Memory = 4294967296",
        "serviceToken: lambdaArn,",
        "StringData[AudienceSecretKey] = webhookURL",
        "ldap_bind_pw: ${LDAP_PASSWORD:=${LDAP_BIND_PW}}",
        "n.push({token:e[3]}):e[5]&&n.push",
        "passwords = sys.argv[4]",
        'access_token: "acme_at_**************"',
        "Renewing credentials: database/creds/readonly/{hex:8}-5fcb-61d9",
        "setPassword(/* name:string, password:string*/)",
        "table.text('password', 'mediumtext')",
        "const authToken = value(`sync.${Target.id()}.auth`);",
        "func Fill(username, password string, keepMeLoggedIn bool) {",
        "[external authorization]: https://www.acme.io/docs/v3/extensions",
        "'password' => 'wachtwoord',",
        "'password_confirmation' => 'lösenordsbekräftelse',",
        '"password": "Jelszó",',
        '"Two Factor Authentication": "Uwierzytelnianie Dwuskładnikowe"',
        'e[e.WRONGPASSWD=27]="ZIP_WRONGPASSWD"',
        'this.schema = [Pw("recursive", Ku.Forbids)]',
        'pW=process.platform==="win32"?a:b',
        '"acme/change_pwd": "<2.0.5|>=3,<3.0.3",',
        "enable=off host= port= username= password= database= table=",
        'const string DeviceAuthKey = "pm-27581-device-auth-key";',
        'const string ManageResetPassword = "manageresetpassword";',
        'const string PasswordMismatch = "password_hash_b64_invalid";',
        'key = "2.{base64:22}==|{base64:22}==|{base64:43}="',
        '"X-Sealed-Key": "{base64:64}"',
        'CustomerKeyMD5: "{base64:22}=="',
        'MINISIGN_PUBKEY="{base64:56}"',
        "'synctoken' => '\"00001-abcd1\"'",
        "'passwords' => 'members',",
        '{"auth": {"client_token": "hmac-sha256:{hex:64}"}}',
        "const tokenCheck = /^[-_/+a-zA-Z0-9]{24,}$/;",
        "PasswordPattern2 = `^.{8,32}$`",
        "password_encryption: scram-sha-256",
        "admin.passwordMtime: 2019-03-20T17:54:53Z",
        '"GIT_ASKPASS=argocd7",',
        "tlsSecret: keycloak-tls",
        "--gpg-key=FEDCBA9876543210",
        "cleartextPassword: function () {",
        "if (typeof this.password === 'function7') {",
        "users[key] = users[key].bind(users7)",
        'TLS_RSA_PSK "TLS_RSA_PSK_WITH_CAMELLIA_128_CBC_SHA256"',
        'var firstPass = "vpp_rkrga=format=bgra:afbc=1";',
        '"overlay_qsv=eof_action=pass:repeatlast=0:format=nv12"',
        "mix gen superheroes password:string:redact",
        '// make `tokenSchema` token "0 1px 4px"',
        "- Explicit title: :token:`MyTitle <P1:A>`",
        "throw new Error(\"set 'password' or 'authorization'\");",
        'HOST_KEY = "AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAI"',
        "FIRST_SUPERUSER_PASSWORD=changethis",
        "func Check(username, password string) (uint64, error)",
        "Users{user: rootUserName, pass: rootPassword, role: rootRoleName}",
        "vault login -method=userpass username=johnsmith7",
        "<p>Reset password</p><i style='text-transform:uppercase'>",
        "token_accessor          {alnum:24}",
        "gpg: key {HEX:16}: public key imported",
        "key := new(skEd25519PublicKey)",
        "docker run --link my-mongo:mongo -v a:/a -p 1337:1337 -d server",
        "the --tlspassword also is set.",
        "[Username/Password Example](https://acme.io/authentication/2)",
        "auth = 'AWS_SIGV4';",
        'AUTH = "sha256={hex:64}"',
        "Authorization: ACME4-HMAC-SHA256 Credential=x/20200101/eu/x/acme4_request",
        "zstyle ':completion:*:*:cd:*:directory-stack2' menu yes",
        "apiKey: uygulamaya özel bir anahtar",
        "\x01\x02Pw:\udc81+NXE7<\x05",
        # stand-ins and references
        "password: changeme",
        "password: __DB_PASSWORD__",
        "password: !!str ********1234",
        'password = "keyvault:db-password"',
        "kind: Secret\ndata:\n  DB_PASSWORD: cGxhY2Vob2xkZXI=",
        "['password' => 'required|min:8|confirmed', 'api_key' => 'string|size:32']",
        "DEBUG cache key=orders:2026:02:{hex:8}",
        '{"event": "stored", "key": "orders/{hex:16}.json"}',
        "# public key: age1{lowernum:58}",
        "MIX_PUSHER_APP_KEY={hex:20}",
        '"assetKey": "static/js/main.{hex:8}.js"',
        "X-Shopify-Hmac-Sha256: {base64:43}=",
        'echo -n "$USER:$PASSWORD" | base64',
        'config :acme, password: System.fetch_env!("DB_PASS")',
        "Cache restored from key: node-modules-Linux-{hex:64}",
        "stripeKey: 'pk_test_51{alnum:99}'",
        "encryptionsalt: v1:{alnum:11}=:v1:{alnum:16}:{base64:50}==",
        "kind: SealedSecret\nspec:\n  encryptedData:\n    password: AgB{base64:800}",
        "https://acme.s3.amazonaws.com/a?X-Amz-Credential=AKIA{upper:16}%2F20260302%2Feu%2Fs3%2Faws4_request&x=1",
        "secret: &x arn:aws:secretsmanager:eu-west-1:123456789012:secret:app-Xy12Ab",
        "nextToken = '{alnum:40}'",
        "checksum/secret: {hex:64}",
        'name="csrfmiddlewaretoken" value="{alnum:64}"',
        "client.login(page, 'Dashboard')",
        "recaptcha.site.key=6L{alnum:38}",
        'authenticity_token" value="{base64:86}=="',
        'password = "your-password-here"',
        "API_KEY=xxxxxxxxxxxxxxxxxxxxxxxx",
        "API_KEY=00000000000000000000000000000000",
        'apiKey: "test-api-key"',
        'token: "shptka_abc123"',
        "password: ${DB_PASSWORD}",
        "password: {{ db_password }}",
        'password = "${aws_db_instance.default.password}"',
        "PASSWORD=$(cat /run/secrets/password)",
        "password = os.environ['DB_PASSWORD']",
        "password: ENC[AES256_GCM,data:abc]",
        "API_KEY=op://vault/item/key",
        "secret: arn:aws:secretsmanager:eu-west-1:123456789012:secret:app",
        # code
        "password = get_password(user)",
        "token = getNextToken(sql, token)",
        "this.password = password;",
        "client_secret: oauth_secret,",
        "message.password = PasswordStruct.fromJSON(object.password);",
        "password: string;",
        "if (password == null) {",
        "const hashedPassword = utils.md5(this.user, this.password)",
        "signing_key = key_to_free = get_signing_key();",
        "sign_password.encode('utf-8')",
        'String userPassword = "application:" + appKey;',
        "self.ask_password = config.get('ask_password', False)",
        # labels and names
        "Password = 'Password',",
        '"password": "Enter your password"',
        'PASSWORD_RESET_SUBJECT = "Your password was reset"',
        "secretName: traefik-cert-12",
        "token_url: https://acme.io/oauth/token",
        "password_file: /run/secrets/db_password",
        "max_tokens = 4096",
        "access_key_id = 12345678901234567890",
        "PUBLIC_KEY = '{hex:64}'",
        "csrf_token = '{alnum:32}'",
        "$light-token-str: #0451a5;",
        "'@acme/password': 4.0.23(@types/node@22.20.1)",
        "bypass = 'Zx81mnOp99'",
        "monkey: 'a1b2c3d4e5f6g7h8i9'",
        "the --password flag may be used to encrypt",
        "users identified by 'squash' commands",
        "# Use existing secret (ignores root, db and replication passwords)",
        "token: sha256:{hex:64}",
        "ssh_key: ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQ",
        "用户=NOPASSWD:命令一二",
    ],
)
def test_stand_ins_code_and_labels_are_no_secrets(line: str) -> None:
    data = line.encode(errors="surrogateescape") if not _TEMPLATE.search(line) else text(line)
    assert [row for row in told(data) if row[1] not in ("low", "info")] == []


def test_a_plain_word_without_quotes_is_only_possible() -> None:
    [finding] = findings(b"password = open_meadow\n")
    assert (finding.severity.label, finding.confidence.label) == ("low", "possible")


def test_words_with_digits_are_passwords_under_any_name_for_one() -> None:
    for line in ('psk="@"', "requirepass @", "bindpw @", 'ds.setPassword("@");'):
        [row] = told(_fill(line, "Screwdriver" + "13").encode())
        assert row[1] == "medium"


def test_an_object_with_a_random_member_is_a_secret() -> None:
    assert told('"ApiToken": "{brace}\\"id\\":\\"{hex:32}\\"}"'.replace("{brace}", "{")) != []


def test_the_hash_of_a_password_is_low() -> None:
    [row] = told("robot:$2b$12$.{alnum:52}")
    assert row[:2] == ("password-hash", "low")


def test_basic_credentials_are_decoded() -> None:
    import base64

    value = base64.b64encode(f"robot:{SECRET}".encode()).decode()
    [finding] = findings(f"Authorization: Basic {value}".encode())
    assert finding.properties["user"] == "robot"
    assert finding.confidence.label == "certain"
    assert told(b"Authorization: Basic " + base64.b64encode(b"user:password")) == []
