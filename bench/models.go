package main

import (
	"time"

	"github.com/google/uuid"
	"github.com/uptrace/bun"
)

// The rows of the shop, for every contender but ent. The tags are those of
// GORM, bun and pgx.

type User struct {
	bun.BaseModel `bun:"table:user_account,alias:u" gorm:"-" db:"-"`

	ID        int64 `bun:",pk,autoincrement"`
	Name      string
	Fullname  *string
	Nickname  *string
	Addresses []*Address `bun:"rel:has-many,join:id=user_id" gorm:"foreignKey:UserID" db:"-"`
	Orders    []*Order   `bun:"rel:has-many,join:id=customer_id" gorm:"foreignKey:CustomerID" db:"-"`
	Reviews   []*Review  `bun:"rel:has-many,join:id=user_id" gorm:"foreignKey:UserID" db:"-"`
}

type Address struct {
	bun.BaseModel `bun:"table:address,alias:a" gorm:"-" db:"-"`

	ID           int64 `bun:",pk,autoincrement"`
	EmailAddress string
	UserID       int64
}

type Store struct {
	bun.BaseModel `bun:"table:store,alias:s" gorm:"-" db:"-"`

	ID        uuid.UUID `bun:",pk"`
	CreatedAt time.Time
	UpdatedAt time.Time
	Name      string
	Slug      string
}

type Category struct {
	bun.BaseModel `bun:"table:category,alias:c" gorm:"-" db:"-"`

	ID        uuid.UUID `bun:",pk"`
	CreatedAt time.Time
	UpdatedAt time.Time
	Name      string
	Slug      string
	ParentID  *uuid.UUID
	StoreID   uuid.UUID
}

type Product struct {
	bun.BaseModel `bun:"table:product,alias:p" gorm:"-" db:"-"`

	ID          uuid.UUID `bun:",pk"`
	CreatedAt   time.Time
	UpdatedAt   time.Time
	Sku         string
	Name        string
	Description *string
	PriceCents  int64
	Currency    string
	Tags        []string       `bun:"type:jsonb" gorm:"serializer:json"`
	Attributes  map[string]any `bun:"type:jsonb" gorm:"serializer:json"`
	StoreID     uuid.UUID
	Categories  []*Category `bun:"m2m:product_category,join:Product=Category" gorm:"many2many:product_category" db:"-"`
}

type ProductCategory struct {
	bun.BaseModel `bun:"table:product_category,alias:pc" gorm:"-" db:"-"`

	ProductID  uuid.UUID `bun:",pk" gorm:"primaryKey"`
	CategoryID uuid.UUID `bun:",pk" gorm:"primaryKey"`
	Product    *Product  `bun:"rel:belongs-to,join:product_id=id" gorm:"-" db:"-"`
	Category   *Category `bun:"rel:belongs-to,join:category_id=id" gorm:"-" db:"-"`
}

type Order struct {
	bun.BaseModel `bun:"table:shop_order,alias:o" gorm:"-" db:"-"`

	ID         uuid.UUID `bun:",pk"`
	CreatedAt  time.Time
	UpdatedAt  time.Time
	Status     string
	Currency   string
	PlacedAt   time.Time
	StoreID    uuid.UUID
	CustomerID int64
	LineItems  []*LineItem `bun:"rel:has-many,join:id=order_id" gorm:"foreignKey:OrderID" db:"-"`
}

type LineItem struct {
	bun.BaseModel `bun:"table:line_item,alias:li" gorm:"-" db:"-"`

	ID             uuid.UUID `bun:",pk"`
	CreatedAt      time.Time
	UpdatedAt      time.Time
	Quantity       int64
	UnitPriceCents int64
	OrderID        uuid.UUID
	ProductID      uuid.UUID
	Product        *Product `bun:"rel:belongs-to,join:product_id=id" gorm:"foreignKey:ProductID" db:"-"`
}

type Review struct {
	bun.BaseModel `bun:"table:review,alias:r" gorm:"-" db:"-"`

	ID        uuid.UUID `bun:",pk"`
	CreatedAt time.Time
	UpdatedAt time.Time
	Rating    int16
	Text      *string
	ProductID uuid.UUID
	UserID    int64
	Product   *Product `bun:"rel:belongs-to,join:product_id=id" gorm:"foreignKey:ProductID" db:"-"`
}

// StatusCount is a row of the op group.
type StatusCount struct {
	Status string
	Count  int64
}

func (User) TableName() string            { return "user_account" }
func (Address) TableName() string         { return "address" }
func (Store) TableName() string           { return "store" }
func (Category) TableName() string        { return "category" }
func (Product) TableName() string         { return "product" }
func (ProductCategory) TableName() string { return "product_category" }
func (Order) TableName() string           { return "shop_order" }
func (LineItem) TableName() string        { return "line_item" }
func (Review) TableName() string          { return "review" }
