# SPDX-License-Identifier: Apache-2.0
#
# Whether what a stack keeps is encrypted: with one's own key, if one is given.

# Where the key is said that is one's own.
KEYS = {
    "AWS::SQS::Queue": "KmsMasterKeyId",
    "AWS::SNS::Topic": "KmsMasterKeyId",
    "AWS::Logs::LogGroup": "KmsKeyId",
    "AWS::Lambda::Function": "KmsKeyArn",
}


def problems(made):
    """What is kept in the clear, or with another key, or for ever. Without a key of one's own, logs and environments have AWS's,
    and a topic has none: CloudWatch may not use the one that AWS has for topics."""
    key = made.parameters["KmsKeyArn"] or None
    for kind, name_of_key in KEYS.items():
        for name, properties in made.of(kind).items():
            if properties.get(name_of_key) != key:
                yield f"{name} has the key {properties.get(name_of_key)}"
            if kind == "AWS::SQS::Queue" and properties.get("SqsManagedSseEnabled") != (None if key else True):
                yield f"{name} is not encrypted with SQS's key, or with two"
            if kind == "AWS::Logs::LogGroup" and not properties.get("RetentionInDays"):
                yield f"{name} is kept for ever"
    for name, properties in made.of("AWS::S3::Bucket").items():
        for rule in properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]:
            if rule["ServerSideEncryptionByDefault"].get("KMSMasterKeyID") != key:
                yield f"{name} has another key"
