# SPDX-License-Identifier: Apache-2.0
#
# What the function may do.

resource "aws_iam_role" "function" {
  name_prefix          = "${substr(local.name, 0, 37)}-"
  description          = "What the hub of SSOSync for ${var.owner} may do"
  permissions_boundary = var.permissions_boundary_arn != "" ? var.permissions_boundary_arn : null

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "lambda.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy" "function" {
  name   = "sso-sync"
  role   = aws_iam_role.function.id
  policy = jsonencode({ Version = "2012-10-17", Statement = local.statements })
}

locals {
  # An identity store's ARN has the account of the organization's instance.
  directory_arns = [
    "arn:${local.partition}:identitystore::*:identitystore/${var.identity_store_id}",
    "arn:${local.partition}:identitystore:::user/*",
    "arn:${local.partition}:identitystore:::group/*",
    "arn:${local.partition}:identitystore:::membership/*",
  ]

  # Each is a list of one statement, or of none, so that statements of different shapes can be joined.
  statements = concat(
    [
      # Lambda writes what the function prints, figures included.
      {
        Sid      = "WriteLog"
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "arn:${local.partition}:logs:${local.region}:${local.account}:log-group:/aws/lambda/${local.name}:*"
      },
      # Lambda's event sources take messages from both queues and delete them.
      {
        Sid      = "TakeEvents"
        Effect   = "Allow"
        Action   = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
        Resource = [aws_sqs_queue.events.arn, aws_sqs_queue.everyone.arn]
      },
      # The function itself: SendMessage for the second reading and to hand on what has everyone read,
      # ChangeMessageVisibility for what has to wait.
      {
        Sid      = "PutEventsOff"
        Effect   = "Allow"
        Action   = ["sqs:SendMessage", "sqs:ChangeMessageVisibility"]
        Resource = [aws_sqs_queue.events.arn, aws_sqs_queue.everyone.arn]
      },
      # Lambda's failure destination: hands full runs that could not be made to the function that tells people.
      {
        Sid      = "TellOfFailures"
        Effect   = "Allow"
        Action   = "lambda:InvokeFunction"
        Resource = aws_lambda_function.notify.arn
      },
    ],
    # S3's GetObject with a version id, once for each start of the function.
    [for bucket in compact([var.configuration_bucket]) : {
      Sid      = "ReadConfiguration"
      Effect   = "Allow"
      Action   = "s3:GetObjectVersion"
      Resource = "arn:${local.partition}:s3:::${bucket}/${var.configuration_key}"
    }],
    # S3 decrypts the configuration in the function's name.
    [for key in compact([var.configuration_kms_key_arn]) : {
      Sid       = "DecryptConfiguration"
      Effect    = "Allow"
      Action    = "kms:Decrypt"
      Resource  = key
      Condition = { StringEquals = { "kms:ViaService" = "s3.${local.region}.amazonaws.com" } }
    }],
    # The Identity Store's calls, without a role to assume. Its ARN has the account of the organization's instance.
    [for arns in var.reader_role_arn == "" ? [local.directory_arns] : [] : {
      Sid    = "ReadDirectory"
      Effect = "Allow"
      Action = [
        "identitystore:ListUsers",
        "identitystore:DescribeUser",
        "identitystore:ListGroups",
        "identitystore:GetGroupId",
        "identitystore:ListGroupMemberships",
        "identitystore:IsMemberInGroups",
      ]
      Resource = arns
    }],
    # The Identity Store decrypts what it tells in the function's name.
    [for key in compact([var.identity_store_kms_key_arn]) : {
      Sid       = "DecryptDirectory"
      Effect    = "Allow"
      Action    = "kms:Decrypt"
      Resource  = key
      Condition = { StringEquals = { "kms:ViaService" = "identitystore.${var.identity_store_region}.amazonaws.com" } }
    }],
    # STS's AssumeRole, for the directory in another account.
    [for role in compact([var.reader_role_arn]) : {
      Sid      = "BecomeReader"
      Effect   = "Allow"
      Action   = "sts:AssumeRole"
      Resource = role
    }],
    [
      # S3's GetObject, for the number of the snapshot that is replaced, and PutObject.
      {
        Sid      = "WriteSnapshot"
        Effect   = "Allow"
        Action   = ["s3:GetObject", "s3:PutObject"]
        Resource = "${aws_s3_bucket.snapshots.arn}/snapshot.json"
      },
      # No call: without it, S3's GetObject does not say that there is no snapshot yet.
      {
        Sid      = "MissSnapshot"
        Effect   = "Allow"
        Action   = "s3:ListBucket"
        Resource = aws_s3_bucket.snapshots.arn
      },
    ],
    # S3's GetObject and PutObject, for the copies in other Regions.
    [for arns in length(var.copy_bucket_arns) > 0 ? [var.copy_bucket_arns] : [] : {
      Sid      = "WriteCopies"
      Effect   = "Allow"
      Action   = ["s3:GetObject", "s3:PutObject"]
      Resource = [for arn in arns : "${arn}/snapshot.json"]
    }],
    # No call: the same as for the snapshot in this Region.
    [for arns in length(var.copy_bucket_arns) > 0 ? [var.copy_bucket_arns] : [] : {
      Sid      = "MissCopies"
      Effect   = "Allow"
      Action   = "s3:ListBucket"
      Resource = arns
    }],
    # SQS's SendMessage to the spokes' queues, which have to allow it, too.
    [for arns in length(var.spoke_queue_arns) > 0 ? [var.spoke_queue_arns] : [] : {
      Sid      = "SendToSpokes"
      Effect   = "Allow"
      Action   = "sqs:SendMessage"
      Resource = arns
    }],
    # SNS's Publish, for notifiers.
    [for arns in length(var.notify_topic_arns) > 0 ? [var.notify_topic_arns] : [] : {
      Sid      = "NotifyTopics"
      Effect   = "Allow"
      Action   = "sns:Publish"
      Resource = arns
    }],
    # EventBridge's PutEvents, for notifiers.
    [for arns in length(var.notify_bus_arns) > 0 ? [var.notify_bus_arns] : [] : {
      Sid      = "NotifyBuses"
      Effect   = "Allow"
      Action   = "events:PutEvents"
      Resource = arns
    }],
    # S3's PutObject, for the report of each run: with If-None-Match, so that none that is there is replaced.
    [for bucket in compact([var.reports_bucket]) : {
      Sid       = "KeepReports"
      Effect    = "Allow"
      Action    = "s3:PutObject"
      Resource  = "arn:${local.partition}:s3:::${bucket}/${var.reports_prefix}*"
      Condition = { Null = { "s3:if-none-match" = "false" } }
    }],
    # No call of its own: a PutObject that asks for an object lock.
    [for bucket in compact([var.reports_bucket]) : {
      Sid      = "LockReports"
      Effect   = "Allow"
      Action   = "s3:PutObjectRetention"
      Resource = "arn:${local.partition}:s3:::${bucket}/${var.reports_prefix}*"
    }],
    # S3 encrypts reports in the function's name.
    [for key in compact([var.reports_kms_key_arn]) : {
      Sid       = "EncryptReports"
      Effect    = "Allow"
      Action    = "kms:GenerateDataKey"
      Resource  = key
      Condition = { StringLike = { "kms:ViaService" = "s3.*.amazonaws.com" } }
    }],
    # SQS, SNS and S3 use the key of your own in the function's name.
    [for key in compact([var.kms_key_arn]) : {
      Sid      = "UseKey"
      Effect   = "Allow"
      Action   = ["kms:Decrypt", "kms:GenerateDataKey"]
      Resource = key
      Condition = { StringEquals = {
        "kms:ViaService" = ["sqs.${local.region}.amazonaws.com", "sns.${local.region}.amazonaws.com", "s3.${local.region}.amazonaws.com"]
      } }
    }],
    # Lambda decrypts the environment with it when the function starts.
    [for key in compact([var.kms_key_arn]) : {
      Sid      = "DecryptEnvironment"
      Effect   = "Allow"
      Action   = "kms:Decrypt"
      Resource = key
      Condition = { StringLike = {
        "kms:EncryptionContext:aws:lambda:FunctionArn" = "arn:${local.partition}:lambda:${local.region}:${local.account}:function:${local.name}*"
      } }
    }],
    # SQS and S3 use the keys of spokes' queues and of copies in the function's name.
    [for arns in length(var.other_kms_key_arns) > 0 ? [var.other_kms_key_arns] : [] : {
      Sid       = "UseOtherKeys"
      Effect    = "Allow"
      Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
      Resource  = arns
      Condition = { StringLike = { "kms:ViaService" = ["sqs.*.amazonaws.com", "s3.*.amazonaws.com"] } }
    }],
  )
}
