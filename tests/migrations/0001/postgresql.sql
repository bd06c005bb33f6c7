CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY);
CREATE TABLE credential (
	number VARCHAR(64) NOT NULL, 
	line_id VARCHAR(128) NOT NULL, 
	password_hash VARCHAR(255), 
	password_set_at_us BIGINT, 
	CONSTRAINT pk_credential PRIMARY KEY (number)
);
COMMENT ON COLUMN credential.line_id IS 'the line that had this number when we last asked its BSS';
COMMENT ON COLUMN credential.password_hash IS 'argon2id over a keyed digest; null: never set';
CREATE TABLE one_time_code (
	number VARCHAR(64) NOT NULL, 
	purpose VARCHAR(32) NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	tries SMALLINT NOT NULL, 
	issued_at_us BIGINT NOT NULL, 
	expires_at_us BIGINT NOT NULL, 
	texted_at_us BIGINT, 
	used_at_us BIGINT, 
	CONSTRAINT pk_one_time_code PRIMARY KEY (number, purpose)
);
CREATE INDEX ix_one_time_code_expires_at_us ON one_time_code (expires_at_us);
COMMENT ON COLUMN one_time_code.number IS 'well-formed, not necessarily a customer''s';
COMMENT ON COLUMN one_time_code.purpose IS 'one live code each';
COMMENT ON COLUMN one_time_code.digest IS 'keyed: a copy of this table opens nothing';
COMMENT ON COLUMN one_time_code.texted_at_us IS 'null: not a line of ours, so it opens nothing';
CREATE TABLE attempt_budget (
	kind VARCHAR(32) NOT NULL, 
	subject VARCHAR(128) NOT NULL, 
	window_at_us BIGINT NOT NULL, 
	spent INTEGER NOT NULL, 
	CONSTRAINT pk_attempt_budget PRIMARY KEY (kind, subject), 
	CONSTRAINT ck_attempt_budget_spent CHECK (spent >= 0)
);
CREATE INDEX ix_attempt_budget_window_at_us ON attempt_budget (window_at_us);
COMMENT ON COLUMN attempt_budget.subject IS 'a number, or who tries';
COMMENT ON COLUMN attempt_budget.window_at_us IS 'when the running window began';
CREATE TABLE hall_session (
	token_digest VARCHAR(64) NOT NULL, 
	channel VARCHAR(16) NOT NULL, 
	number VARCHAR(64) NOT NULL, 
	line_id VARCHAR(128) NOT NULL, 
	assurance SMALLINT NOT NULL, 
	proved_at_us BIGINT NOT NULL, 
	seen_at_us BIGINT NOT NULL, 
	expires_at_us BIGINT NOT NULL, 
	CONSTRAINT pk_hall_session PRIMARY KEY (token_digest)
);
CREATE INDEX ix_hall_session_number ON hall_session (number);
CREATE INDEX ix_hall_session_expires_at_us ON hall_session (expires_at_us);
COMMENT ON COLUMN hall_session.token_digest IS 'SHA-256 of the token';
COMMENT ON COLUMN hall_session.channel IS 'a token is worthless in another channel';
COMMENT ON COLUMN hall_session.seen_at_us IS 'exact to the minute';
COMMENT ON COLUMN hall_session.expires_at_us IS 'the end, however busy the session is';
CREATE TABLE conversation (
	key VARCHAR(128) NOT NULL, 
	state TEXT NOT NULL, 
	expires_at_us BIGINT NOT NULL, 
	CONSTRAINT pk_conversation PRIMARY KEY (key)
);
CREATE INDEX ix_conversation_expires_at_us ON conversation (expires_at_us);
COMMENT ON COLUMN conversation.key IS 'sms:<number>, ivr:<call>';
COMMENT ON COLUMN conversation.state IS 'JSON; never a secret';
CREATE TABLE outbound_sms (
	id BIGSERIAL NOT NULL, 
	key VARCHAR(160) NOT NULL, 
	recipient VARCHAR(32) NOT NULL, 
	text TEXT NOT NULL, 
	lane SMALLINT NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	attempts INTEGER NOT NULL, 
	parts_total SMALLINT, 
	failure VARCHAR(64), 
	created_at_us BIGINT NOT NULL, 
	not_after_at_us BIGINT NOT NULL, 
	free_at_us BIGINT NOT NULL, 
	ended_at_us BIGINT, 
	CONSTRAINT pk_outbound_sms PRIMARY KEY (id), 
	CONSTRAINT uq_outbound_sms_key UNIQUE (key), 
	CONSTRAINT ck_outbound_sms_state CHECK (state in ('queued', 'leased', 'sent', 'delivered', 'failed', 'expired'))
);
CREATE INDEX ix_outbound_sms_claim ON outbound_sms (state, lane, id);
COMMENT ON COLUMN outbound_sms.key IS 'idempotency: the same promise is queued once';
COMMENT ON COLUMN outbound_sms.text IS 'blank once a one-time code left or can no longer leave';
COMMENT ON COLUMN outbound_sms.lane IS '10 code, 20 alert, 30 answer, 40 notice: low goes first';
COMMENT ON COLUMN outbound_sms.attempts IS 'also the fence: a lease is (id, attempts)';
COMMENT ON COLUMN outbound_sms.parts_total IS 'the cost: message parts, known once it was sent';
COMMENT ON COLUMN outbound_sms.not_after_at_us IS 'worthless afterwards';
COMMENT ON COLUMN outbound_sms.free_at_us IS 'claimable from here on: a pause, or the lease''s end';
COMMENT ON COLUMN outbound_sms.ended_at_us IS 'sent, failed, expired or receipted';
CREATE TABLE outbound_sms_part (
	id BIGSERIAL NOT NULL, 
	outbound_sms_id BIGINT NOT NULL, 
	part SMALLINT NOT NULL, 
	smsc_message_id VARCHAR(65) NOT NULL, 
	receipt VARCHAR(16), 
	CONSTRAINT pk_outbound_sms_part PRIMARY KEY (id)
);
CREATE INDEX ix_outbound_sms_part_smsc_message_id ON outbound_sms_part (smsc_message_id);
CREATE INDEX ix_outbound_sms_part_outbound_sms_id ON outbound_sms_part (outbound_sms_id);
COMMENT ON COLUMN outbound_sms_part.part IS '1-based';
COMMENT ON COLUMN outbound_sms_part.smsc_message_id IS 'what the SMSC calls this part; receipts name it';
COMMENT ON COLUMN outbound_sms_part.receipt IS 'SMPP 3.4 appendix B stat, e.g. DELIVRD';
CREATE TABLE inbound_sms (
	id BIGSERIAL NOT NULL, 
	session VARCHAR(64) NOT NULL, 
	sequence BIGINT NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	sender VARCHAR(32) NOT NULL, 
	destination VARCHAR(32) NOT NULL, 
	text TEXT NOT NULL, 
	state VARCHAR(16) NOT NULL, 
	attempts INTEGER NOT NULL, 
	received_at_us BIGINT NOT NULL, 
	free_at_us BIGINT NOT NULL, 
	answered_at_us BIGINT, 
	CONSTRAINT pk_inbound_sms PRIMARY KEY (id), 
	CONSTRAINT uq_inbound_sms_session_sequence UNIQUE (session, sequence), 
	CONSTRAINT ck_inbound_sms_state CHECK (state in ('received', 'answered'))
);
CREATE INDEX ix_inbound_sms_claim ON inbound_sms (state, id);
CREATE INDEX ix_inbound_sms_digest ON inbound_sms (digest);
COMMENT ON COLUMN inbound_sms.session IS 'which bind delivered it';
COMMENT ON COLUMN inbound_sms.sequence IS 'its number within that bind';
COMMENT ON COLUMN inbound_sms.digest IS 'of sender, destination, reference and text';
CREATE TABLE inbound_sms_part (
	id BIGSERIAL NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	part SMALLINT NOT NULL, 
	text TEXT NOT NULL, 
	received_at_us BIGINT NOT NULL, 
	CONSTRAINT pk_inbound_sms_part PRIMARY KEY (id), 
	CONSTRAINT uq_inbound_sms_part_digest_part UNIQUE (digest, part)
);
COMMENT ON COLUMN inbound_sms_part.digest IS 'of sender, destination, reference and number of parts';
COMMENT ON COLUMN inbound_sms_part.part IS '1-based';
CREATE TABLE usage_event (
	id BIGSERIAL NOT NULL, 
	event_id VARCHAR(128) NOT NULL, 
	line_id VARCHAR(64) NOT NULL, 
	usage_type VARCHAR(8), 
	at_us BIGINT NOT NULL, 
	consumption JSON NOT NULL, 
	state VARCHAR(8) NOT NULL, 
	attempts INTEGER NOT NULL, 
	CONSTRAINT pk_usage_event PRIMARY KEY (id), 
	CONSTRAINT uq_usage_event_event_id UNIQUE (event_id), 
	CONSTRAINT ck_usage_event_state CHECK (state in ('new', 'counted', 'parked'))
);
CREATE INDEX ix_usage_event_state ON usage_event (state, id);
COMMENT ON COLUMN usage_event.event_id IS 'the BSS''s id of the use: told twice, it stands once';
COMMENT ON COLUMN usage_event.consumption IS '[[bucket id, amount], …]';
COMMENT ON COLUMN usage_event.attempts IS 'how often its bucket could not be read';
CREATE TABLE usage_counter (
	line_id VARCHAR(64) NOT NULL, 
	bucket_id VARCHAR(64) NOT NULL, 
	cycle_start_at_us BIGINT NOT NULL, 
	cycle_end_at_us BIGINT NOT NULL, 
	usage_type VARCHAR(8) NOT NULL, 
	counts BOOLEAN NOT NULL, 
	total BIGINT, 
	used BIGINT NOT NULL, 
	read_at_us BIGINT NOT NULL, 
	CONSTRAINT pk_usage_counter PRIMARY KEY (line_id, bucket_id, cycle_start_at_us)
);
CREATE INDEX ix_usage_counter_bucket_id ON usage_counter (bucket_id);
COMMENT ON COLUMN usage_counter.counts IS 'general and with a total: part of the watched allowance';
COMMENT ON COLUMN usage_counter.read_at_us IS 'the BSS''s reading holds every use up to here';
CREATE TABLE alert (
	id BIGSERIAL NOT NULL, 
	topic VARCHAR(160) NOT NULL, 
	step SMALLINT NOT NULL, 
	name VARCHAR(64) NOT NULL, 
	line_id VARCHAR(64) NOT NULL, 
	facts JSON NOT NULL, 
	state VARCHAR(8) NOT NULL, 
	attempts INTEGER NOT NULL, 
	free_at_us BIGINT NOT NULL, 
	created_at_us BIGINT NOT NULL, 
	ended_at_us BIGINT, 
	CONSTRAINT pk_alert PRIMARY KEY (id), 
	CONSTRAINT uq_alert_topic_step UNIQUE (topic, step), 
	CONSTRAINT ck_alert_state CHECK (state in ('due', 'said', 'dead'))
);
CREATE INDEX ix_alert_state ON alert (state, free_at_us);
COMMENT ON COLUMN alert.topic IS 'what is watched, in which cycle';
COMMENT ON COLUMN alert.step IS 'the threshold: said once for a topic';
COMMENT ON COLUMN alert.name IS 'the folder below alerts/';
COMMENT ON COLUMN alert.attempts IS 'also the fence: a lease is (id, attempts)';
COMMENT ON COLUMN alert.free_at_us IS 'claimable from here on: new, a pause, or a lease''s end';
CREATE TABLE inbox_message (
	id BIGSERIAL NOT NULL, 
	alert_id BIGINT NOT NULL, 
	line_id VARCHAR(64) NOT NULL, 
	name VARCHAR(64) NOT NULL, 
	facts JSON NOT NULL, 
	raised_at_us BIGINT NOT NULL, 
	CONSTRAINT pk_inbox_message PRIMARY KEY (id), 
	CONSTRAINT uq_inbox_message_alert_id UNIQUE (alert_id)
);
CREATE INDEX ix_inbox_message_line_id ON inbox_message (line_id, id);
